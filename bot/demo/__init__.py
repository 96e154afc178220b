"""The demo: the whole service on this machine, with an embedded server and a sandbox in the provider's place."""
