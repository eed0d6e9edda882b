export ANAPLAN_SQL_PASSWORD=secret
echo 'SELECT 1' > monthly.sql
