"""The toolkit of a mini-app backend, and the ground the hub's kernel stands on."""
