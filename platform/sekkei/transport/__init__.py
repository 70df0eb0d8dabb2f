"""From a junction to what it conducts: Landauer kernel, labeler port and its adapters."""
