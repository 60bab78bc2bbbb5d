"""For maintainers: notebooks, quality, training what ships, the doctor, the gate, the stamp."""
