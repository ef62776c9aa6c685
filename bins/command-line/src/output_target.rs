use std::io;

/// Where standard output leads, asked before there is a secret to be written to it.
///
/// # Examples
///
/// ```
/// use central_logger_command_line::OutputTarget;
///
/// if let Err(error) = OutputTarget::stdout().need_reader() {
///     println!("a secret would be lost: {error}");
/// }
/// ```
#[derive(Debug)]
pub struct OutputTarget(());

impl OutputTarget {
    /// Standard output.
    pub fn stdout() -> Self {
        Self(())
    }

    /// Whether what is written can be read by anybody, as far as that can be told before.
    ///
    /// # Errors
    /// When it is closed, is the null device, or is a pipe that nobody reads any more.
    #[cfg(unix)]
    pub fn need_reader(&self) -> io::Result<()> {
        use rustix::{
            event::{PollFd, PollFlags, Timespec, poll},
            fs::{fstat, stat},
        };
        let stdout = io::stdout();
        let target = fstat(&stdout)?;
        // The standard library opens the null device where standard output is closed.
        if stat("/dev/null").is_ok_and(|null| null.st_rdev == target.st_rdev) {
            return Err(io::Error::other(
                "standard output is closed, or is /dev/null",
            ));
        }
        let mut polled = [PollFd::new(&stdout, PollFlags::OUT)];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut polled, Some(&at_once))?;
        match polled[0]
            .revents()
            .intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL)
        {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        }
    }

    /// Whether what is written can be read by anybody, which cannot be told before.
    ///
    /// # Errors
    /// None on this system.
    #[cfg(not(unix))]
    pub fn need_reader(&self) -> io::Result<()> {
        Ok(())
    }
}
