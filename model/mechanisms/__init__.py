"""One file a mechanism: its equations as scalar functions, and what a month does with them."""
