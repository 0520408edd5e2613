//! Whether a request fits in memory, asked before it is made.

use crate::error::{Error, Result};

/// Refuses `bytes` for `what` where the system says that less is available. Where the system does not say (no
/// `/proc/meminfo`), nothing is refused.
///
/// # Errors
/// [`Error::Memory`].
pub(crate) fn require(what: &str, bytes: u128) -> Result<()> {
    let Some(available) = available_bytes() else {
        return Ok(());
    };
    if bytes <= u128::from(available) {
        return Ok(());
    }
    let mib = |bytes: u128| u64::try_from(bytes >> 20).unwrap_or(u64::MAX);
    Err(Error::Memory {
        what: what.into(),
        needed_mib: mib(bytes),
        available_mib: mib(u128::from(available)),
    })
}

fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}
