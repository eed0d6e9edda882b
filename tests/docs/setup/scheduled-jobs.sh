export ANAPLAN_SQL_PASSWORD=secret
echo 'SELECT 1' > monthly.sql
printf 'Product,Code,Family,Price,Launch\nTravel Kettle,SKU-181,Accessories,49.90,2026-09-01\n' > products.csv
printf 'Customer,Number\nFjord Offices,C00001\nKettle & Sons,C90001\n' > items.csv
