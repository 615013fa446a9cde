//! Which part of the work is this machine's: as typed, or as the scheduler says.

use crate::run::Shard;

/// I/N, `auto` or `auto/N`.
pub fn parse(text: &str) -> Result<Shard, String> {
    let from_scheduler = |count| scheduled(count, &|name| std::env::var(name).ok());
    match text.strip_prefix("auto") {
        None => text.parse(),
        Some("") => from_scheduler(None),
        Some(rest) => {
            let count = rest.strip_prefix('/').and_then(|count| count.parse().ok());
            from_scheduler(Some(count.ok_or_else(|| format!("expected auto or auto/N, got `{text}`"))?))
        }
    }
}

/// A task of a Slurm job array that does not say `--shard` would do the work of all.
pub fn array_without_shard() -> Option<String> {
    let count = std::env::var("SLURM_ARRAY_TASK_COUNT").ok().filter(|count| count != "1")?;
    Some(format!(
        "this is one of {count} tasks of a Slurm job array, and without --shard each of them does the whole work: say --shard auto \
         to share it"
    ))
}

/// From the variables that Slurm sets for the tasks of a job array (`sbatch`'s manual, "output environment variables"), or
/// Kubernetes for the pods of an Indexed Job, which are told their index but not how many they are.
fn scheduled(count: Option<usize>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |name: &str| -> Result<Option<usize>, String> {
        let parse = |text: String| text.parse().map_err(|_| format!("{name} is `{text}`, which is no number"));
        variable(name).map(parse).transpose()
    };
    if let Some(id) = number("SLURM_ARRAY_TASK_ID")? {
        let needed = |name: &str| number(name)?.ok_or_else(|| format!("SLURM_ARRAY_TASK_ID is set, but {name} is not"));
        let (tasks, first, last) =
            (needed("SLURM_ARRAY_TASK_COUNT")?, needed("SLURM_ARRAY_TASK_MIN")?, needed("SLURM_ARRAY_TASK_MAX")?);
        let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
        if last.saturating_sub(first) / step + 1 != tasks {
            return Err(format!(
                "the {tasks} tasks of the array are not evenly numbered from {first} to {last}: submit it as --array=1-{tasks}, \
                 or say --shard I/N"
            ));
        }
        if count.is_some_and(|count| count != tasks) {
            return Err(format!("the array has {tasks} tasks: say --shard auto"));
        }
        return Shard::new(id.saturating_sub(first) / step + 1, tasks);
    }
    if let Some(index) = number("JOB_COMPLETION_INDEX")? {
        let count = count.ok_or(
            "Kubernetes says which pod this is (JOB_COMPLETION_INDEX) but not how many there are: say --shard auto/N, with the \
             Job's `completions` for N",
        )?;
        return Shard::new(index + 1, count);
    }
    Err("neither SLURM_ARRAY_TASK_ID (a Slurm job array) nor JOB_COMPLETION_INDEX (a Kubernetes Job of completionMode: Indexed) \
         is set: say --shard I/N"
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(count: Option<usize>, variables: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| variables.iter().find(|v| v.0 == name).map(|v| v.1.to_owned());
        scheduled(count, &variable).map(|shard| shard.to_string())
    }

    #[test]
    fn slurm_and_kubernetes_are_understood() {
        let slurm = |id, min, max, count, step| {
            let names = ["ID", "MIN", "MAX", "COUNT", "STEP"].map(|name| format!("SLURM_ARRAY_TASK_{name}"));
            let variables: Vec<_> = names.iter().map(String::as_str).zip([id, min, max, count, step]).collect();
            shard(None, &variables)
        };
        assert_eq!(slurm("0", "0", "7", "8", "1").unwrap(), "1/8");
        assert_eq!(slurm("9", "1", "13", "4", "4").unwrap(), "3/4");
        assert!(slurm("7", "1", "7", "3", "1").unwrap_err().contains("not evenly numbered"));
        assert_eq!(shard(Some(5), &[("JOB_COMPLETION_INDEX", "4")]).unwrap(), "5/5");
        assert!(shard(None, &[("JOB_COMPLETION_INDEX", "4")]).unwrap_err().contains("auto/N"));
        assert!(shard(Some(4), &[("JOB_COMPLETION_INDEX", "4")]).unwrap_err().contains("shard 5 of 4"));
        assert!(shard(None, &[]).unwrap_err().contains("say --shard I/N"));
    }
}
