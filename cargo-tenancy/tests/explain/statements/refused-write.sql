update orders set total = 0 where id = $1
