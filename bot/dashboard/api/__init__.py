"""The JSON API: the same functions as the pages, and values instead of pages.

`calls` says what a call is and how it ends; `service`, `messages` and `people` are the calls by what they are about;
those about books stand with their pages (bot/dashboard/rules). `values` is how things look as JSON, to this reader, and
`document` describes all of it as OpenAPI.
"""
