"""What the two TDSQL products, mariadb and dcdb, do alike."""
