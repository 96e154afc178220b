"""The dashboard: what operators look at and steer by, in a browser.

The way of a request: `app` (routes) → `guard` (who may) → a page in `pages/` → the operator API of `worker` → `showing`
(what this reader may see) → a template. `live` looks at the service once a second for all who have a page open.

It is a process of its own, so that it never stands on the webhooks' address.
"""
