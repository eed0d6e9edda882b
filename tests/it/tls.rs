//! TLS with roots of one's own.

use std::sync::Arc;

use anaplan_sql::simulator::Simulator;
use anaplan_sql::{ErrorKind, Key};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{builder, count_rows, counting, refuse, serve};

/// A certificate authority that nobody knows.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// What a server needs to be `localhost`.
    fn server(&self) -> ServerConfig {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("TLS")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a key that fits")
    }
}

/// Stands before a simulator, and gives the port.
async fn terminate(simulator: &Simulator, config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (acceptor, behind) = (TlsAcceptor::from(Arc::new(config)), simulator.addr());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that doesn't trust the certificate hangs up.
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let mut server = TcpStream::connect(behind).await.expect("the simulator");
                drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
            });
        }
    });
    port
}

#[tokio::test]
async fn a_root_of_ones_own_is_trusted_only_if_it_is_named() {
    let simulator = serve([counting("Big", 10)]).await;
    let (own, other) = (Authority::new(), Authority::new());
    let port = terminate(&simulator, own.server()).await;
    let endpoint = format!("https://localhost:{port}");
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let tls = || builder(&simulator).set(Key::Endpoint, endpoint.clone()).set(Key::MaxRetries, "0");

    let both = file("both.pem", &format!("{}{}", other.pem, own.pem));
    let session = tls().set(Key::SslServerCert, both).connect().await.expect("it is trusted");
    assert_eq!(count_rows(&session, r#"SELECT * FROM "W"."M"."Big""#).await, 10);

    simulator.clear_requests();
    let foreign = file("other.pem", &other.pem);
    for builder in [tls(), tls().set(Key::SslServerCert, foreign)] {
        let error = refuse(builder).await;
        assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
        assert!(format!("{error:?}").to_lowercase().contains("certificate"), "{error:?}");
    }
    // The name counts too.
    let by_number = tls()
        .set(Key::Endpoint, format!("https://127.0.0.1:{port}"))
        .set(Key::SslServerCert, file("own.pem", &own.pem));
    assert_eq!(refuse(by_number).await.kind(), ErrorKind::Connection);
    let nonsense = file("nonsense.pem", "no certificate");
    let error = refuse(tls().set(Key::SslServerCert, nonsense)).await;
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    let error = refuse(tls().set(Key::SslServerCert, "/no/such/file.pem")).await;
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert_eq!(simulator.requests().len(), 0, "no password was sent to a stranger");
}
