"""AutoGen v0.2 and AG2's classic agents: programs of `import autogen`, recorded as 0.7's are.

In v0.2 a reply is a call inside the call that delivered the message: a chat of 400 messages is 800
frames deep and ends at Python's recursion limit. So nothing here stands around `send` and `receive`
while a chat goes on: a message is seen where it is put into its two histories, and a step lasts
until the next message of its conversation (its *lane*) is delivered.
"""
