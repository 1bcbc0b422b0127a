"""The zoo: small receivers to judge the judge by, each of the wrong ones with one classic mistake.

`registry` lists them, with the story and the fault that tell a wrong one from a right one. `keeper` lets one live
through its story in this process; `python tests/zoo/__main__.py no_key --port 8000` makes it a program. A new animal is
a module in `wrong` or `right`, whose docstring says in one sentence what is wrong or right with it, and a row in the
registry.
"""
