// The place of an invocation in a dispatch that the queue may have folded into two dimensions.
struct Thread {
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
}

fn groupIndex(thread: Thread) -> u32 {
  return thread.group.y * thread.groups.x + thread.group.x;
}

fn threadIndex(thread: Thread) -> u32 {
  return groupIndex(thread) * WORKGROUP + thread.local;
}
