#!/bin/sh
# Makes the hub's account from the environment, keeps the devices' accounts, and becomes the broker.
set -eu
passwords=/mosquitto/data/passwords
touch "$passwords"
cp /phien/acl /mosquitto/data/acl
mosquitto_passwd -b "$passwords" phien "$MQTT_PASSWORD"
chown mosquitto:mosquitto "$passwords" /mosquitto/data/acl
chmod 0600 "$passwords" /mosquitto/data/acl
exec mosquitto -c /mosquitto/config/mosquitto.conf
