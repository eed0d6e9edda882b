export ANAPLAN_SQL_USER=demo@anaplan-sql.example ANAPLAN_SQL_PASSWORD=demo
