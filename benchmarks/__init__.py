"""How fast the engine is, and beside what: a plain Mesa model, a loop without logic, and itself at other sizes."""
