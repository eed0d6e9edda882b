export ANAPLAN_SQL_USER=jane@example.com ANAPLAN_SQL_PASSWORD='pass;word'
