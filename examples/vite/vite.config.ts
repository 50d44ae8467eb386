/** The library loads some of its parts when they are needed, which a worker can only do as a module. */
export default { worker: { format: "es" } };
