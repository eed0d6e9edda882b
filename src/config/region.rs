//! The regions of the service, and their hosts.

use super::choice::choices;

choices! {
    /// A region of the Anaplan cloud, on which the hosts of every service depend.
    #[derive(Default)]
    pub enum Region {
        /// Data centre in the east of the United States.
        #[default]
        Us1 = "US1",
        /// Data centre in the west of the United States.
        Us2 = "US2",
        /// Public cloud in the east of the United States.
        Us5 = "US5",
        /// Public cloud in the United States.
        Us7 = "US7",
        /// Public cloud in the United States, with hosts of its own.
        Us9 = "US9",
        /// Data centre in the Netherlands.
        Eu1 = "EU1",
        /// Data centre in Germany.
        Eu2 = "EU2",
        /// Public cloud in Europe, with hosts of its own.
        Eu3 = "EU3",
        /// Public cloud in Europe.
        Eu4 = "EU4",
        /// Public cloud in Europe, with hosts of its own.
        Eu5 = "EU5",
        /// United Kingdom.
        Gb1 = "GB1",
        /// Japan.
        Ap1 = "AP1",
        /// Australia.
        Au1 = "AU1",
        /// Canada.
        Ca1 = "CA1",
        /// Singapore.
        Sg1 = "SG1",
        /// United Arab Emirates.
        Ae1 = "AE1",
        /// India.
        In1 = "IN1",
        /// Indonesia.
        Id1 = "ID1",
        /// Saudi Arabia.
        Me1 = "ME1",
    }
}

/// The roots of a region's services: scheme and host, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hosts {
    /// Of the Integration API, and of SCIM.
    pub api: String,
    /// Of the Authentication service.
    pub auth: String,
    /// Of the OAuth service and of the sign-in page.
    pub app: String,
    /// Of the Audit service.
    pub audit: String,
}

impl Region {
    /// The hosts of the region's services, as Anaplan's "URL, IP and allowlist requirements"
    /// lists them.
    pub fn hosts(self) -> Hosts {
        // The label of the regions with hosts of their own; the others share theirs.
        let label = match self {
            Self::Us1
            | Self::Us2
            | Self::Us5
            | Self::Us7
            | Self::Eu1
            | Self::Eu2
            | Self::Eu4
            | Self::Ap1 => {
                return Hosts {
                    api: "https://api.anaplan.com".into(),
                    auth: "https://auth.anaplan.com".into(),
                    app: "https://us1a.app.anaplan.com".into(),
                    audit: "https://audit.anaplan.com".into(),
                };
            }
            Self::Au1 => {
                return Hosts {
                    api: "https://api.au1a.app2.anaplan.com".into(),
                    auth: "https://au1a.app2.anaplan.com".into(),
                    app: "https://au1a.app2.anaplan.com".into(),
                    audit: "https://api.au1a.app2.anaplan.com".into(),
                };
            }
            Self::Us9 => "us9",
            Self::Eu3 => "eu3",
            Self::Eu5 => "eu5",
            Self::Gb1 => "gb1",
            Self::Ca1 => "ca1a",
            Self::Sg1 => "sg1",
            Self::Ae1 => "ae1",
            Self::In1 => "in1",
            Self::Id1 => "id1",
            Self::Me1 => "me1",
        };
        Hosts {
            api: format!("https://{label}.api.anaplan.com"),
            auth: format!("https://{label}.auth.anaplan.com"),
            app: format!("https://{label}.app.anaplan.com"),
            audit: format!("https://{label}.api.anaplan.com"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(api: &str, auth: &str, app: &str, audit: &str) -> Hosts {
        let https = |host: &str| format!("https://{host}");
        Hosts { api: https(api), auth: https(auth), app: https(app), audit: https(audit) }
    }

    #[test]
    fn every_region_has_the_hosts_that_anaplan_lists() {
        for &region in Region::ALL {
            let expected = match region.as_str() {
                "US1" | "US2" | "US5" | "US7" | "EU1" | "EU2" | "EU4" | "AP1" => roots(
                    "api.anaplan.com",
                    "auth.anaplan.com",
                    "us1a.app.anaplan.com",
                    "audit.anaplan.com",
                ),
                "AU1" => roots(
                    "api.au1a.app2.anaplan.com",
                    "au1a.app2.anaplan.com",
                    "au1a.app2.anaplan.com",
                    "api.au1a.app2.anaplan.com",
                ),
                "CA1" => roots(
                    "ca1a.api.anaplan.com",
                    "ca1a.auth.anaplan.com",
                    "ca1a.app.anaplan.com",
                    "ca1a.api.anaplan.com",
                ),
                own => {
                    let own = own.to_lowercase();
                    roots(
                        &format!("{own}.api.anaplan.com"),
                        &format!("{own}.auth.anaplan.com"),
                        &format!("{own}.app.anaplan.com"),
                        &format!("{own}.api.anaplan.com"),
                    )
                }
            };
            assert_eq!(region.hosts(), expected, "{region}");
        }
    }

    #[test]
    fn the_regions_are_those_of_the_documentation() {
        assert_eq!(
            Region::NAMES.join(" "),
            "US1 US2 US5 US7 US9 EU1 EU2 EU3 EU4 EU5 GB1 AP1 AU1 CA1 SG1 AE1 IN1 ID1 ME1"
        );
    }
}
