use super::*;
use central_logger_text::Report;

#[test]
fn the_server_is_named_without_the_password() {
    for (url, server) in [
        (
            "postgres://u:hunter2@db.example:5433/logger",
            "db.example:5433",
        ),
        (
            "postgresql://u:hunter2@db.example/logger",
            "db.example:5432",
        ),
        ("postgres://u@a,b:1/logger", "a:5432, b:1"),
        ("postgres://u:hunter2@%2Frun%2Fpg/logger", "/run/pg:5432"),
    ] {
        let target = Target::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(target.server(), server, "{url}");
    }
}

#[test]
fn every_sslmode_means_what_it_means_to_libpq() {
    let (disable, prefer, require) = (SslMode::Disable, SslMode::Prefer, SslMode::Require);
    let authority = |path: &str, is_host_checked| Trust::authority(Some(path), is_host_checked);
    for (parameters, mode, second, trust) in [
        ("", prefer, Some(disable), Trust::Anyone),
        ("?sslmode=prefer", prefer, Some(disable), Trust::Anyone),
        ("?sslmode=disable", disable, None, Trust::Anyone),
        ("?sslmode=allow", disable, Some(require), Trust::Anyone),
        ("?sslmode=require", require, None, Trust::Anyone),
        (
            "?sslmode=require&sslrootcert=ca.pem",
            require,
            None,
            authority("ca.pem", false),
        ),
        (
            "?sslmode=verify-ca&sslrootcert=/etc/my%20ca.pem",
            require,
            None,
            authority("/etc/my ca.pem", false),
        ),
        (
            "?sslmode=verify-full",
            require,
            None,
            Trust::authority(None, true),
        ),
        (
            "?sslmode=verify-full&sslrootcert=system",
            require,
            None,
            Trust::authority(None, true),
        ),
        (
            "?sslrootcert=ca.pem&connect_timeout=2",
            require,
            None,
            authority("ca.pem", true),
        ),
    ] {
        let target = Target::parse(&format!("postgres://u:p@h/d{parameters}")).unwrap();
        assert_eq!(target.config.get_ssl_mode(), mode, "{parameters}");
        assert_eq!(target.second, second, "{parameters}");
        assert_eq!(target.trust, trust, "{parameters}");
    }
}

#[test]
fn a_parameter_that_is_not_supported_is_named() {
    for (parameter, name) in [
        ("sslmode=verify_full", "sslmode"),
        ("sslmode=require&sslrootcert=system", "sslrootcert"),
        ("sslcert=client.pem", "sslcert"),
        ("sslkey=client.key", "sslkey"),
        ("sslpassword=hunter2", "sslpassword"),
        ("sslcrl=list.pem", "sslcrl"),
        ("gssencmode=require", "gssencmode"),
        (
            "ssl_min_protocol_version=TLSv1.3",
            "ssl_min_protocol_version",
        ),
        ("target_session_attrs=standby", "target_session_attrs"),
        ("client_encoding=LATIN1", "client_encoding"),
        ("connect_timeout=soon", "connect_timeout"),
        ("sslnegotiation=perhaps", "sslnegotiation"),
        ("service=logger", "service"),
        ("colour=hunter2", "colour"),
    ] {
        let error = Target::parse(&format!("postgres://u:p@h/d?{parameter}")).unwrap_err();
        let said = Report(&error).to_string();
        assert!(said.contains(&format!("parameter {name}:")), "{said}");
        assert!(!said.contains("hunter2") && !said.contains("%XX"), "{said}");
    }
}

#[test]
fn what_asks_for_nothing_else_is_taken() {
    let url = "postgres://u:p@h/d?client_encoding=UTF8&gssencmode=prefer&target_session_attrs=primary\
               &fallback_application_name=logger&keepalives_idle=7&sslnegotiation=direct&sslmode=require\
               &options=-c%20search_path%3Dlogger";
    let config = Target::parse(url).unwrap().config;
    assert_eq!(config.get_application_name(), Some("logger"));
    assert_eq!(config.get_keepalives_idle(), Duration::from_secs(7));
    assert_eq!(config.get_options(), Some("-c search_path=logger"));
    assert_eq!(
        config.get_target_session_attrs(),
        TargetSessionAttrs::ReadWrite
    );
}

#[test]
fn what_cannot_be_understood_is_refused_and_not_repeated() {
    for url in [
        "postgres://",
        "postgres://u:hunter2@h:port/d",
        "postgres://u:hunt@er2@h/d",
        "postgres://u:hunt?er2@h/d",
        "postgres://u:hunt?er2=er2@h/d",
        "postgres://u:hunter2@h/d?colour=hunter2",
    ] {
        let refusal = Target::parse(url).unwrap_err();
        let said = format!("{refusal} {refusal:?}");
        assert!(!said.contains("hunt") && !said.contains("er2"), "{said}");
    }
}
