// The unit of a lane: four neighbouring floats, or one if the innermost extent is no multiple of 4.
alias Vec = vec4<f32>; // @width
