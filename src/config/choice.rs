//! The values that keys with a closed set of values can take.

/// Makes an enum whose variants are the values of a key. The names are written once, here: the
/// table of keys, the parser and every message take them from the enum.
macro_rules! choices {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$doc:meta])* $variant:ident = $text:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $( $(#[$doc])* $variant, )+ }

        impl $name {
            /// All values, in the order in which the documentation lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The names of all values, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name of the value, as it is written in a connection string.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::config::choice::Choice for $name {
            fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str().eq_ignore_ascii_case(name))
            }
        }
    };
}
pub(super) use choices;

/// An enum made by [`choices!`].
pub(super) trait Choice: Sized {
    /// Finds the value with this name; upper and lower case are the same.
    fn from_name(name: &str) -> Option<Self>;
}

choices! {
    /// How a session signs in to Anaplan.
    pub enum AuthScheme {
        /// A user's e-mail address and password.
        Basic = "Basic",
        /// A certificate that a certificate authority known to the tenant has issued.
        Certificate = "Certificate",
        /// An OAuth client, by authorization code or on another device.
        OAuth = "OAuth",
        /// A token obtained elsewhere, used as it is.
        Token = "Token",
    }
}

choices! {
    /// Where a certificate is, and in what form.
    #[derive(Default)]
    pub enum CertificateType {
        /// The path of a PEM file.
        #[default]
        PemFile = "PEMKEY_FILE",
        /// A PEM file's content in Base64.
        PemBlob = "PEMKEY_BLOB",
        /// The path of a PFX (PKCS#12) file, which holds certificate and private key.
        PfxFile = "PFXFILE",
        /// A PFX (PKCS#12) file's content in Base64.
        PfxBlob = "PFXBLOB",
    }
}

choices! {
    /// Where a private key is.
    #[derive(Default)]
    pub enum PrivateKeyType {
        /// The path of a PEM file.
        #[default]
        PemFile = "PEMKEY_FILE",
        /// A PEM file's content in Base64.
        PemBlob = "PEMKEY_BLOB",
    }
}

choices! {
    /// The form of the data that a certificate's private key signs.
    #[derive(Default)]
    pub enum CertificateFormat {
        /// The time and random bytes.
        #[default]
        V2 = "V2",
        /// Random bytes; being retired by Anaplan.
        V1 = "V1",
    }
}

choices! {
    /// How far a session may go by itself to obtain OAuth tokens.
    #[derive(Default)]
    pub enum InitiateOAuth {
        /// Never sign in or refresh; use what is given.
        #[default]
        Off = "OFF",
        /// Refresh tokens and store them; never interact with a person.
        Refresh = "REFRESH",
        /// As `Refresh`, and sign in when there is nothing to refresh.
        GetAndRefresh = "GETANDREFRESH",
    }
}

choices! {
    /// The grant for which the OAuth client is registered.
    #[derive(Default)]
    pub enum OAuthGrantType {
        /// Authorization code: sign-in in a browser, single sign-on included.
        #[default]
        Code = "CODE",
        /// Device grant: sign-in on another device, with a code to type; users with a password
        /// only.
        Device = "DEVICE",
    }
}

choices! {
    /// How cells of a model's tables are typed.
    #[derive(Default)]
    pub enum ColumnTypes {
        /// By the model's metadata: numbers, booleans, dates and text.
        #[default]
        Metadata = "Metadata",
        /// Every cell as text.
        Text = "Text",
    }
}

choices! {
    /// Whether aggregates are part of module tables.
    #[derive(Default)]
    pub enum Summaries {
        /// Leaf items only.
        #[default]
        Exclude = "Exclude",
        /// Parents, quarters, totals and the like too.
        Include = "Include",
    }
}
