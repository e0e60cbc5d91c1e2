update plans set name = $1 where id = $2
