"""The JSON API: the same functions as the pages, and values instead of pages.

`calls` says what a call is and `errors` how it may end; `service`, `messages` and `people` are the calls by what they
are about; those about books stand with their pages (bot/dashboard/rules). `values` is how things look as JSON, to this
reader. `document` describes all of it as OpenAPI: what a call answers is the type that it returns (in `answers`,
`changes` or `service_answers`), of which `schemas` makes a JSON schema. A new call needs a return type, no more.
"""
