"""What the products do: one module or package a product, strangers to each other."""
