"""Questions to the database and changes to it, one module per aggregate.

Each function takes the session of a transaction that its caller opened with `Database.read()` or
`Database.write()`. What must hold under races is a constraint or one conditional statement here.
"""
