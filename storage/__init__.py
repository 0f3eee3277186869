"""Tables, repositories, migrations and the database itself. Imports nothing of ours."""
