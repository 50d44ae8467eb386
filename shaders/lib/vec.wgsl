// What one lane works on: four neighbouring floats, or one where the innermost extent is no multiple of 4.
alias Vec = vec4<f32>; // @width
