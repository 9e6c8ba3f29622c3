//! The main job, from a department's draft to a running project and a target that moves.
