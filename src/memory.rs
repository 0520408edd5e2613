//! Whether a request fits in memory, asked before it is made.

use crate::error::{Error, Result};
use sysinfo::System;

/// Refuses `bytes` for `what` where the system says that less is available. Where the system does not say, nothing
/// is refused.
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

/// What the machine has to spare, and, in a container with a limit of its own, what is left of that. Files that are kept in memory are
/// given up where programs need the room, so they count as available in both.
fn available_bytes() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    if system.total_memory() == 0 {
        return None;
    }
    let left = system
        .cgroup_limits()
        .map(|group| group.total_memory.saturating_sub(group.rss));
    let available = system.available_memory();
    Some(left.map_or(available, |left| left.min(available)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_not_fit_is_refused() {
        assert!(require("one page", 4096).is_ok());
        let refused = require("everything", u128::MAX).expect_err("too much");
        assert!(matches!(refused, Error::Memory { what, .. } if what == "everything"));
    }
}
