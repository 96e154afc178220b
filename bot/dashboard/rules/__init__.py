"""The pages and the API about books: what is in force, the playground, the editor, what no rule answers, the history.

`ways` and `api_ways` read requests; `views` and `api` ask the desk (worker/bookwork/desk.py) and say what to show.
"""
