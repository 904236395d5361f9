use regularize::Regularize;

#[derive(Regularize)]
#[regularize(edition = "2.2", kernel = l2)]
struct String {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(edition = 2.2.4, kernel = l2)]
struct Version {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(edition = 3, kernel = l2)]
struct Number {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(edition = latest, kernel = l2)]
struct Newest {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(edition = keras_3_14_0, kernel = l2)]
struct Lower {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(edition = Tf_2_4, kernel = l2)]
struct Camel {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(edition = KERAS_2.2, kernel = l2)]
struct Point {
    kernel: Vec<f32>,
}

fn main() {}
