"""For maintainers: run and store notebooks, measure and train what ships, the doctor, the gate, the stamp."""
