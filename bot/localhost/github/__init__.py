"""GitHub on localhost: the part of GitHub that the bot and its demo use, over real HTTP and real Git.

It is not GitHub.
"""
