//! The kinds of audit events: code and message, as Anaplan's help lists them.

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $code:literal, $message:literal;)*) => {
        $(pub(crate) const $name: Kind = Kind { code: $code, message: $message };)*
    };
}

kinds! {
    USER_CREATED = "USR-1", "User created";
    USER_ENABLED = "USR-3", "User enabled";
    USER_DISABLED = "USR-4", "User disabled";
    USER_UPDATED = "USR-5", "User updated";
    SIGNED_IN = "USR-8", "User login success";
    SIGN_IN_FAILED = "USR-9", "User login failure";
    SIGNED_OUT = "USR-10", "User logout success";
    MODEL_OPENED = "USR-13", "User access to model, success";
    MODEL_REFUSED = "USR-14", "User access-to-model failure";
    DASHBOARD_OPENED = "USR-19", "User accessed dashboard";
    ACTION_RUN = "USR-20", "User executed action";
    WORKSPACE_GRANTED = "USR-21", "User added to workspace";
    WORKSPACE_REVOKED = "USR-22", "User removed from workspace";
    FIRST_NAME_CHANGED = "USR-27", "User first name updated";
    LAST_NAME_CHANGED = "USR-28", "User last name updated";
    DATA_TAKEN = "USR-32", "Miscellaneous Data Export";
    EXPORT_RUN = "USR-36", "Data export from action";
    PROCESS_RUN = "USR-41", "A process action has been executed";
    BOARD_OPENED = "USR-43", "UX board page opened";
    LIST_IMPORTED = "USR-51", "List items updated from an import";
    MODULE_IMPORTED = "USR-52", "Module data updated from an import";
    ACCESS_GRANTED = "AUTHZ-1", "Access granted";
    ACCESS_DENIED = "AUTHZ-2", "Access denied";
    ROLE_ASSIGNED = "AUTHZ-3", "Role assigned";
    INTEGRATION_RUN = "INT-06", "Data Integration execution";
    CONNECTION_CHANGED = "CONN-2", "Connection configuration updated successfully";
    COMMENT_ADDED = "COMMENT-01", "Comment added";
}

/// Returns the beginning of the codes that a `type` selects; one that is not known selects all.
pub(crate) fn prefix_of(type_name: &str) -> &'static str {
    match type_name {
        "user_activity" => "USR-",
        "access_control" => "AUTHZ-",
        "int" => "INT-",
        "conn_mgmt" => "CONN-",
        "comment" => "COMMENT-",
        "byok" => "DSM-",
        "plan_iq" => "PIQ-",
        "forecaster" => "FRCST-",
        _ => "",
    }
}
