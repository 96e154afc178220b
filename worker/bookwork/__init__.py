"""Work on books for whoever looks at them or changes them: to try one, check it, compare it, add an example to it.

Each piece is a function of values that can be pickled, and is done in a process of its own (see apart): a long book is
loaded for seconds, in pure Python, and whoever waits for it is not alone.
"""
