# Somebody has signed in here, as the page about desktops tells.
export ANAPLAN_SQL_BROWSER=none
export ANAPLAN_SQL_OAUTHCLIENTID=5f6d0c6e7a8b49d3a1b2c3d4e5f60718
export ANAPLAN_SQL_OAUTHCLIENTSECRET='client secret'
export ANAPLAN_SQL_CALLBACKURL=https://planner.example/callback
python3 "$FIXTURES/docs/person.py" anaplan-sql auth login
