"""The operator's console: a web application on loopback, with the operator's own credentials. See `app.build`."""
