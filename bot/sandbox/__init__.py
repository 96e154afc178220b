"""A Prelude to rehearse with: what a customer writes goes out as a signed webhook, and replies come in as in life.

`world` knows and does everything; `app` puts HTTP around it (`replying` is Prelude's endpoints, `control` ours,
`phone/` a page to write on); `serve` runs it inside a program, `rehearsal` for the command line.
"""
