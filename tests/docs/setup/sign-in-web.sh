# What a person types.
read() { ANAPLAN_SQL_OAUTHCLIENTSECRET='client secret'; }
# What an application takes from an answer and from the redirect; in between, the person signs in.
anaplan-sql() {
    local answer row
    answer=$(command anaplan-sql "$@")
    row=${answer##*$'\n'}
    case "$*" in
    *GetOAuthAuthorizationUrl*)
        local address
        address=$(python3 "$FIXTURES/docs/person.py" --page "${row%,*}")
        code=${address#*code=}
        code=${code%%&*}
        state=${row##*,}
        [[ $address == *"state=$state"* ]]
        ;;
    *OAuthAccessToken*) IFS=, builtin read -r access_token refresh_token _ <<<"$row" ;;
    esac
}
