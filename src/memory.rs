//! Whether a request fits in memory, asked before it is made, and allocations that fail with an
//! error.

use crate::error::{Error, Result};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use sysinfo::System;

/// Refuses `bytes` for `what` where the system says that less is available. Where the system does
/// not say, nothing is refused.
///
/// # Errors
/// [`Error::Memory`].
pub(crate) fn require(what: &str, bytes: u128) -> Result<()> {
    match available_bytes() {
        Some(available) if bytes > u128::from(available) => Err(refused(what, bytes, available)),
        _ => Ok(()),
    }
}

/// So many zeros for `what`, or an error where there is no room for them.
///
/// # Errors
/// [`Error::Memory`].
pub(crate) fn zeros<T: Copy + Default>(what: &str, count: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    if values.try_reserve_exact(count).is_err() {
        let bytes = count as u128 * size_of::<T>() as u128;
        return Err(refused(what, bytes, available_bytes().unwrap_or(0)));
    }
    values.resize(count, T::default());
    Ok(values)
}

fn refused(what: &str, bytes: u128, available: u64) -> Error {
    let mib = |bytes: u128| u64::try_from(bytes >> 20).unwrap_or(u64::MAX);
    Error::Memory {
        what: what.into(),
        needed_mib: mib(bytes),
        available_mib: mib(u128::from(available)),
    }
}

/// The least of what the machine has to spare, what is left of the limits of the control groups
/// around this process (in a container), and what is left of its address space (`ulimit -v`). Files
/// that are kept in memory are given up where programs need the room, so they count as available.
fn available_bytes() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    let machine = (system.total_memory() > 0).then(|| system.available_memory());
    // Of the group at the mount, where the names of groups are those of the machine and not of the
    // container.
    let outermost = system
        .cgroup_limits()
        .map(|group| group.total_memory.saturating_sub(group.rss));
    let groups = read_to_string("/proc/self/cgroup").ok();
    let groups = groups.and_then(|text| left_of_groups(&text, Path::new("/sys/fs/cgroup")));
    let all = [machine, outermost, groups, left_of_addresses()];
    all.into_iter().flatten().min()
}

/// What is left of the limits of the control groups that `/proc/self/cgroup` lists, and of those
/// around them.
fn left_of_groups(listed: &str, mount: &Path) -> Option<u64> {
    let left = listed.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let path = path.trim_start_matches('/');
        if controllers.is_empty() {
            least(mount, path, left_in_group)
        } else if controllers.split(',').any(|one| one == "memory") {
            least(&mount.join("memory"), path, left_in_first_version)
        } else {
            None
        }
    });
    left.min()
}

/// The least that is left in a group and those around it.
fn least(root: &Path, path: &str, left: fn(&Path) -> Option<u64>) -> Option<u64> {
    let group: PathBuf = root.join(path);
    let around = group
        .ancestors()
        .take_while(|folder| folder.starts_with(root));
    around.filter_map(left).min()
}

/// What is left in a group of the second version; `None` if it has no limit.
fn left_in_group(folder: &Path) -> Option<u64> {
    let limit = number(folder, "memory.max")?;
    let used = number(folder, "memory.current")?;
    let files = ["inactive_file", "active_file"].map(|name| statistic(folder, name));
    Some(limit.saturating_sub(used.saturating_sub(files.iter().sum())))
}

/// What is left in a group of the first version, which writes a huge number where there is no
/// limit.
fn left_in_first_version(folder: &Path) -> Option<u64> {
    let limit = number(folder, "memory.limit_in_bytes")?;
    let used = number(folder, "memory.usage_in_bytes")?;
    let files = ["total_inactive_file", "total_active_file"].map(|name| statistic(folder, name));
    Some(limit.saturating_sub(used.saturating_sub(files.iter().sum())))
}

/// The number that is all of a file.
fn number(folder: &Path, name: &str) -> Option<u64> {
    read_to_string(folder.join(name)).ok()?.trim().parse().ok()
}

/// An entry of a group's statistics, 0 if there is none.
fn statistic(folder: &Path, name: &str) -> u64 {
    let text = read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.trim().parse().ok())
        .unwrap_or(0)
}

/// What is left of the address space of this process; `None` if it has no limit.
fn left_of_addresses() -> Option<u64> {
    let limits = read_to_string("/proc/self/limits").ok()?;
    let status = read_to_string("/proc/self/status").ok()?;
    left_between(&limits, &status)
}

/// The first limit of the address space in `/proc/self/limits`, less the size in
/// `/proc/self/status`.
fn left_between(limits: &str, status: &str) -> Option<u64> {
    let entry = |text: &str, name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let limit = entry(limits, "Max address space")?;
    let kibibytes = entry(status, "VmSize:")?;
    Some(limit.saturating_sub(kibibytes.saturating_mul(1024)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_not_fit_is_refused() {
        assert!(require("one page", 4096).is_ok());
        let refused = require("everything", u128::MAX).expect_err("too much");
        assert!(matches!(refused, Error::Memory { what, .. } if what == "everything"));
        assert_eq!(zeros::<f32>("three", 3).expect("room"), [0.0; 3]);
        let refused = zeros::<f32>("the data matrix", usize::MAX / 8).expect_err("too much");
        assert!(
            refused.to_string().starts_with("the data matrix needs"),
            "{refused}"
        );
    }

    /// Writes the files of a group.
    fn group(folder: &Path, files: &[(&str, &str)]) {
        std::fs::create_dir_all(folder).expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("written");
        }
    }

    #[test]
    fn the_tightest_of_nested_groups_decides() {
        let mount = tempfile::tempdir().expect("a folder");
        let root = mount.path();
        let listed = "3:cpuset:/\n0::/slice/job\n";
        assert_eq!(left_of_groups(listed, root), None);
        let files = |limit| [("memory.max", limit), ("memory.current", "600\n")];
        group(&root.join("slice/job"), &files("max\n"));
        assert_eq!(left_of_groups(listed, root), None);
        group(&root.join("slice"), &files("1000\n"));
        group(
            &root.join("slice"),
            &[("memory.stat", "anon 5\nactive_file 30\ninactive_file 70\n")],
        );
        assert_eq!(left_of_groups(listed, root), Some(500));
        group(&root.join("slice/job"), &files("650\n"));
        assert_eq!(left_of_groups(listed, root), Some(50));
        group(&root.join("slice/job"), &files("100\n"));
        assert_eq!(left_of_groups(listed, root), Some(0));
    }

    #[test]
    fn groups_of_the_first_version_count_too() {
        let mount = tempfile::tempdir().expect("a folder");
        let files = [
            ("memory.limit_in_bytes", "4000\n"),
            ("memory.usage_in_bytes", "1500\n"),
            (
                "memory.stat",
                "cache 9\ntotal_inactive_file 200\ntotal_active_file 300\n",
            ),
        ];
        group(&mount.path().join("memory/job"), &files);
        let listed = "5:cpu,memory:/job/inner\n1:name=systemd:/job\n";
        assert_eq!(left_of_groups(listed, mount.path()), Some(3000));
    }

    #[test]
    fn the_address_space_is_known_from_proc() {
        let limits = |limit: &str| {
            format!(
                "Max processes  7  9  processes\nMax address space         {limit}   unlimited  bytes\n"
            )
        };
        let status = "VmPeak:\t  9 kB\nVmSize:\t    3 kB\n";
        assert_eq!(left_between(&limits("10240"), status), Some(7168));
        assert_eq!(left_between(&limits("1024"), status), Some(0));
        assert_eq!(left_between(&limits("unlimited"), status), None);
    }
}
