//! Signing in by procedures: what a web application needs of OAuth, and signing out.

use futures::FutureExt;

use super::call::Call;
use super::definition::{Parameter, ProcedureDefinition, ProcedureScope, Work};
use super::model::{SUCCESSFUL, successful};
use crate::auth::oauth::Grant;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::table::information::{ColumnDefinition as Column, Row};

const AUTH_MODE: Parameter = Parameter::choice(
    "AuthMode",
    &["APP", "WEB"],
    "APP: the person who signs in sits at this program. WEB: in front of a page of yours.",
);

const CALLBACK_URL: Parameter = Parameter::text(
    "CallbackURL",
    "The redirect URI registered for the client, exactly so; that of the connection unless given.",
);

const TOKENS: &[Column] = &[
    Column::text("OAuthAccessToken", "The token that requests carry."),
    Column::text("OAuthRefreshToken", "What buys the next one, if the scope has offline_access."),
    Column::integer("ExpiresIn", "The life of the access token in seconds."),
];

pub(super) static GET_OAUTH_AUTHORIZATION_URL: ProcedureDefinition = ProcedureDefinition {
    name: "GetOAuthAuthorizationUrl",
    doc: "Makes the address of the page on which a person signs in. Nothing is sent.",
    scope: ProcedureScope::SignIn,
    changes: false,
    own: &[
        AUTH_MODE,
        CALLBACK_URL,
        Parameter::text("State", "What the redirect must bring back; a random text unless given."),
        Parameter::text("Scope", "The scopes asked for; those of the connection unless given."),
    ],
    columns: &[
        Column::text("URL", "The address to send the browser to."),
        Column::text("State", "What the redirect must bring back."),
    ],
    work: Work::Rows(|call| {
        async move {
            let given = |name| call.arguments.get(name);
            let steps = &call.connection.sign_in;
            let page =
                steps.authorization_url(given("CallbackURL"), given("State"), given("Scope"))?;
            Ok(vec![vec![page.url.as_str().into(), page.state.expose().into()]])
        }
        .boxed()
    }),
};

pub(super) static GET_OAUTH_ACCESS_TOKEN: ProcedureDefinition = ProcedureDefinition {
    name: "GetOAuthAccessToken",
    doc: "Exchanges what the redirect from the sign-in page brought for tokens, and stores them if \
          OAuthSettingsLocation is given. With AuthMode APP and without Verifier it has the person at \
          this terminal sign in.",
    scope: ProcedureScope::SignIn,
    changes: false,
    own: &[
        AUTH_MODE,
        Parameter::text("Verifier", "The code in the redirect's address, or that whole address."),
        CALLBACK_URL,
        Parameter::text(
            "State",
            "What came back with the code. It must be one that GetOAuthAuthorizationUrl gave.",
        ),
    ],
    columns: TOKENS,
    work: Work::Rows(|call| get_access_token(call).boxed()),
};

pub(super) static REFRESH_OAUTH_ACCESS_TOKEN: ProcedureDefinition = ProcedureDefinition {
    name: "RefreshOAuthAccessToken",
    doc: "Exchanges a refresh token for new tokens, and stores them if OAuthSettingsLocation is \
          given. For most clients the old refresh token is spent by that.",
    scope: ProcedureScope::SignIn,
    changes: false,
    own: &[Parameter::text("OAuthRefreshToken", "The refresh token.").required()],
    columns: TOKENS,
    work: Work::Rows(|call| {
        async move {
            let token = Secret::new(call.arguments.required("OAuthRefreshToken")?);
            let grant = call.connection.sign_in.refresh(&token).await?;
            Ok(vec![row(&grant)])
        }
        .boxed()
    }),
};

pub(super) static LOGOUT: ProcedureDefinition = ProcedureDefinition {
    name: "Logout",
    doc: "Ends the session's access token at the service, and removes the stored OAuth tokens. \
          Nothing is wrong if there are none. Anaplan has no call that ends a refresh token.",
    scope: ProcedureScope::SignIn,
    changes: false,
    own: &[],
    columns: SUCCESSFUL,
    work: Work::Rows(|call| {
        async move {
            call.connection.sign_in.log_out().await?;
            successful()
        }
        .boxed()
    }),
};

async fn get_access_token(call: Call) -> Result<Vec<Row>> {
    let (steps, arguments) = (&call.connection.sign_in, &call.arguments);
    let grant = match (arguments.secret("Verifier"), arguments.get("AuthMode")) {
        (Some(verifier), _) => {
            let state = arguments.secret("State");
            steps.exchange(verifier, arguments.get("CallbackURL"), state).await?
        }
        (None, Some("WEB")) => {
            let text = "GetOAuthAccessToken: Verifier is missing, which AuthMode WEB needs";
            return Err(Error::new(ErrorKind::Query, text)
                .with_hint("it is the parameter code of the redirect from the sign-in page"));
        }
        (None, _) => steps.ask().await?,
    };
    Ok(vec![row(&grant)])
}

fn row(grant: &Grant) -> Row {
    let life = grant.expires_in.and_then(|life| i64::try_from(life.as_secs()).ok());
    vec![
        grant.access_token.expose().into(),
        grant.refresh_token.as_ref().map(Secret::expose).into(),
        life.into(),
    ]
}
