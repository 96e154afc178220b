"""A provider to rehearse with: what a customer writes goes out as a signed webhook, and replies come in as in life.

`world` knows and does everything but what is one provider's own: that is in `providers/`, behind the seam in
`provider`. `app` puts HTTP around both (`replying` is the provider's endpoints, `control` ours, `phone/` a page to
write on); `serve` runs it inside a program, `rehearsal` for the command line.
"""
