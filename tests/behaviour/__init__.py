"""What goes wrong between a client and an Asterisk, provoked on purpose: a scripted server, and a proxy that harms."""
