"""The arrow backwards: from a conductance to compositions and structures.

Import from the modules: `specification`, `candidate`, `state` (tell), `asking` (ask), `loop`
(run_design, design_round), `problem`, `contacts`, `trials`. Nothing is imported here, so that a
specification can be read without the seconds that BoTorch takes.
"""
