//! Which errors pass, and after which of them nobody knows whether a change was made.

use super::StatementError;
use std::{error::Error, io};
use tokio_postgres::error::{DbError, Severity, SqlState};

/// Classes of PostgreSQL's appendix A: lost connections, transactions that were rolled back for the sake of
/// others, want of room, the operator's doing, the system below, and snapshots that are too old.
const CLASSES: [&str; 6] = ["08", "40", "53", "57", "58", "72"];

/// Of other classes: writing to a server that has become a replica; sessions and transactions that PostgreSQL
/// ended because they had nothing to do or took too long, or in which others left an error; and waiting for
/// a lock for longer than the operator lets anybody wait.
const CODES: [&str; 5] = ["25006", "25P02", "25P03", "25P04", "55P03"];

/// Of these, what is no outage, but of a statement and what it met.
const OF_STATEMENT: [&str; 5] = ["25P02", "25P03", "25P04", "55P03", "57014"];

impl StatementError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(error) => is_transient(error.code()) || ends_session(error),
            Self::Connection(error) => is_of_connection(error),
            Self::NoConnection(_)
            | Self::TimedOut
            | Self::OutcomeUnknown(_)
            | Self::Outdated
            | Self::TooNew(_)
            | Self::WasFull
            | Self::LockedOut { .. } => true,
            Self::Declined(_)
            | Self::Rejected(_)
            | Self::Unreadable(_)
            | Self::TooManyEntries { .. }
            | Self::Pooler(_)
            | Self::NoSuchRole(_)
            | Self::NotOwner { .. } => false,
        }
    }

    /// Whether a start may succeed in a moment: what cannot be resolved, refuses, or is starting itself.
    pub(super) fn is_transient_at_start(&self) -> bool {
        match self {
            Self::Refused(error) => is_transient(error.code()),
            Self::Connection(error) => {
                let mut cause = error.source();
                while let Some(inner) = cause {
                    if inner.is::<io::Error>() {
                        return true;
                    }
                    cause = inner.source();
                }
                error.is_closed()
            }
            Self::TimedOut => true,
            _ => false,
        }
    }

    /// Whether another connection might do better.
    pub fn may_be_of_connection(&self) -> bool {
        self.is_transient() && !matches!(self, Self::Outdated | Self::TooNew(_) | Self::WasFull)
    }

    /// Whether it is of the database as a whole, and not of what this statement met.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Refused(error) => {
                let code = error.code().code();
                let is_of_statement = OF_STATEMENT.contains(&code)
                    || ["40", "72"].iter().any(|class| code.starts_with(class));
                self.is_transient() && !is_of_statement
            }
            error => error.is_transient(),
        }
    }

    /// Whether a change may have been made all the same, if this is what became of its commit. Where
    /// PostgreSQL refuses a commit and goes on, it has taken everything back.
    pub fn leaves_outcome_unknown(&self) -> bool {
        match self {
            Self::Refused(error) => {
                let code = error.code();
                code.code().starts_with("08")
                    || *code == SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
                    || ends_session(error)
            }
            error => error.is_transient(),
        }
    }
}

fn is_transient(code: &SqlState) -> bool {
    let class = code.code().get(..2);
    class.is_some_and(|class| CLASSES.contains(&class)) || CODES.contains(&code.code())
}

/// Whether it was the last that the session said, whatever for: a new one may do better.
fn ends_session(error: &DbError) -> bool {
    matches!(
        error.parsed_severity(),
        Some(Severity::Fatal | Severity::Panic)
    )
}

/// Whether the connection is lost, or what is said on it no longer fits together.
fn is_of_connection(error: &tokio_postgres::Error) -> bool {
    let is_of_io = error.source().is_some_and(|cause| cause.is::<io::Error>());
    // The driver tells this kind in no other way.
    error.is_closed() || is_of_io || error.to_string() == "unexpected message from server"
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_key_store::KeyStoreError;
    use central_logger_text::Report;
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
        thread,
    };
    use tokio_postgres::NoTls;

    /// What becomes of a statement that a server answers so.
    async fn error_of(answer: Vec<u8>) -> StatementError {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_message(&mut stream, 0);
            // It lets everybody in, and is ready.
            let welcome = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
            stream.write_all(welcome).unwrap();
            read_message(&mut stream, 1);
            stream.write_all(&answer).unwrap();
        });
        let config = format!("host=127.0.0.1 port={port} user=somebody sslmode=disable");
        let (client, connection) = tokio_postgres::connect(&config, NoTls).await.unwrap();
        tokio::spawn(connection);
        let error = client.batch_execute("COMMIT").await.unwrap_err();
        server.join().unwrap();
        error.into()
    }

    fn read_message(stream: &mut TcpStream, kind: usize) {
        let mut head = [0; 5];
        let head = &mut head[..kind + 4];
        stream.read_exact(head).unwrap();
        let len = u32::from_be_bytes(head[kind..].try_into().unwrap());
        let mut rest = vec![0; len as usize - 4];
        stream.read_exact(&mut rest).unwrap();
    }

    async fn refused(severity: &str, code: &str) -> StatementError {
        refused_with(severity, code, "no").await
    }

    async fn refused_with(severity: &str, code: &str, said: &str) -> StatementError {
        let fields = format!("S{severity}\0V{severity}\0C{code}\0M{said}\0\0");
        let len = u32::try_from(fields.len() + 4).unwrap();
        error_of([b"E", &len.to_be_bytes()[..], fields.as_bytes()].concat()).await
    }

    #[tokio::test]
    async fn what_was_taken_back_can_be_tried_again() {
        for code in [
            "25006", "25P02", "25P03", "25P04", "40001", "40P01", "53100", "53200", "53300",
            "55P03", "57014", "57P03", "58000", "58030", "72000",
        ] {
            let error = refused("ERROR", code).await;
            assert!(error.is_transient(), "{code}");
            assert!(error.may_be_of_connection(), "{code}");
            assert!(!error.leaves_outcome_unknown(), "{code}");
        }
    }

    #[tokio::test]
    async fn what_will_not_do_is_not_tried_again() {
        for code in [
            "0A000", "22021", "23505", "23514", "25001", "26000", "42501", "42P01", "42P05",
            "54000", "P0001", "XX000", "XX001",
        ] {
            let error = refused("ERROR", code).await;
            assert!(!error.is_transient(), "{code}");
            assert!(!error.leaves_outcome_unknown(), "{code}");
        }
    }

    #[tokio::test]
    async fn nobody_knows_what_became_of_a_commit_whose_session_ended() {
        for (severity, code) in [
            ("ERROR", "08007"),
            ("ERROR", "40003"),
            ("FATAL", "57P01"),
            ("FATAL", "XX000"),
            ("PANIC", "53100"),
        ] {
            let error = refused(severity, code).await;
            assert!(error.is_transient(), "{severity} {code}");
            assert!(error.leaves_outcome_unknown(), "{severity} {code}");
        }
        for answer in [&b""[..], b"1\0\0\0\x04", b"C\0\0\0\x01", b"E\0\0\0\x04"] {
            let error = error_of(answer.to_vec()).await;
            assert!(error.is_transient(), "{error:?}");
            assert!(error.is_outage(), "{error:?}");
            assert!(error.leaves_outcome_unknown(), "{error:?}");
        }
    }

    /// As PgBouncer says it in transaction mode, in versions that know nothing of prepared statements.
    #[tokio::test]
    async fn a_pooler_that_tears_a_session_apart_is_named_with_what_helps() {
        for (code, said) in [
            ("26000", "prepared statement \"s1\" does not exist"),
            ("26000", "unnamed prepared statement does not exist"),
            ("42P05", "prepared statement \"s8\" already exists"),
        ] {
            let error = refused_with("ERROR", code, said).await;
            assert!(matches!(error, StatementError::Pooler(_)), "{error:?}");
            assert!(!error.is_outage(), "{error:?}");
            let told = format!(
                "a pooler hands the statements of one session to others ({said}): PgBouncer \
                 needs version 1.21 or newer with max_prepared_statements above zero, or \
                 pool_mode = session"
            );
            assert_eq!(error.to_string(), told);
            // What a store makes of it still says so.
            let of_store = KeyStoreError::from(error);
            assert!(matches!(of_store, KeyStoreError::Failed(_)), "{of_store:?}");
            let of_store = Report(&of_store).to_string();
            assert!(of_store.ends_with(&told), "{of_store}");
        }
        let other = refused_with("ERROR", "42P01", "relation \"s1\" does not exist").await;
        assert!(matches!(other, StatementError::Refused(_)), "{other:?}");
    }

    #[tokio::test]
    async fn what_a_statement_met_is_no_outage() {
        for (code, is_outage) in [
            ("25006", true),
            ("25P03", false),
            ("40001", false),
            ("53300", true),
            ("55P03", false),
            ("57014", false),
            ("57P01", true),
            ("58030", true),
            ("XX000", false),
        ] {
            assert_eq!(
                refused("ERROR", code).await.is_outage(),
                is_outage,
                "{code}"
            );
        }
    }
}
