"""Equipment: the rooms where meetings are held, their devices, orders to them and what the devices answer."""
