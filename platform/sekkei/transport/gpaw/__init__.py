"""Everything that speaks GPAW: basis, model of electrons, engine, labeler."""
