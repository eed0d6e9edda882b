# What a person types, and where they sit: at a terminal.
read() { ANAPLAN_SQL_OAUTHCLIENTSECRET='client secret'; }
anaplan-sql() { python3 "$FIXTURES/docs/person.py" anaplan-sql "$@"; }
# The person goes to the page without being sent there.
export ANAPLAN_SQL_BROWSER=none
# The other machine is this one.
scp() { mkdir -p ~/planning && cp -p "$1" ~/planning/; }
# What the address bar of a browser shows after a sign-in for the server.
browser_ends_at() {
    python3 "$FIXTURES/docs/person.py" --page "$(
        command anaplan-sql -c "EXEC GetOAuthAuthorizationUrl AuthMode = 'WEB'" | tail -n 1 | cut -d, -f1
    )"
}
