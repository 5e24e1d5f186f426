"""Catalogues as data: types of meetings, positions, issuing bodies, seat plans of rooms, guides."""
