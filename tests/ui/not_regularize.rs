use regularize::Regularize;

fn train<L: Regularize>(_: &L) {}

struct Dense;

fn main() {
    train(&Dense);
}
