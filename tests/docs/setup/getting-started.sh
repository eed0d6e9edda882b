# What a person types.
read() { ANAPLAN_SQL_PASSWORD='pass;word'; }
# The connection string that the page shows.
cat > planning.conn <<'END'
User=jane@example.com;
Password="pass;word";
Region=EU3;
Workspace=Finance;
Model=Sales Planning
END
